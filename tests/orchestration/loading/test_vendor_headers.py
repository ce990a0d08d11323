"""Headers as public code has them: exports of our vendors are known, those of other systems are refused.

Headers only, no data. Where they come from: public repositories and documentation that read, write or test such
files (HubSpot export readers of 2021-2026, Salesforce Data Loader and SOQL field lists, report importers, Adobe's
Marketo documentation, dbt packages over Airbyte and Singer landings, the other systems' export formats).
"""

# ruff: noqa: E501

from __future__ import annotations

import pytest

from orchestration.loading.recognition import recognise

# fmt: off
OURS = [
    # HubSpot: full export of all properties, 2023
    ("hubspot contact", "Record ID,First Name,Last Name,Annual Revenue,Average Pageviews,Became a Customer Date,"
     "Became a Lead Date,Became a Marketing Qualified Lead Date,Became an Opportunity Date,Buying Role,City,Close Date,"
     "Company domain name,Company Name,Company size,Contact owner,Country/Region,Create Date,Domain name,Email,"
     "Email Domain,First Conversion,HubSpot Score,IP Country,Latest Source,Lead Status,Lifecycle Stage,"
     "Number of Associated Deals,Original Source,Original Source Drill-Down 1,Associated Deal IDs"),
    # the default columns of a contact list, of several years and portals
    ("hubspot contact", "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,"
     "Primary Associated Company ID,Last Activity Date,Lead Status,Marketing contact status,Create Date,"
     "Associated Company"),
    ("hubspot contact", "Record ID,First Name,Last Name,Email,Office Number,Primary Associated Company ID,"
     "Associated Company,Record ID - Company,Company name,Cell Number,City,Industry"),
    ("hubspot contact", "Record ID,First Name,Last Name,Email,Phone Number,Job Title,Company Name,Contact owner"),
    ("hubspot contact", "Record ID,Email,Contact owner,Lifecycle Stage,Country/Region,Last Activity Date"),
    ("hubspot contact", "Record ID,First Name,Last Name,Email,Phone Number,Associated Company IDs"),
    # Airbyte's and Singer's landings
    ("hubspot contact", "archived,archivedAt,properties_city,properties_email,properties_firstname,"
     "properties_hs_lead_status,properties_jobtitle,properties_lifecyclestage,id"),
    ("hubspot contact", "vid,properties_email_value,properties_firstname_value,properties_company_value,"
     "properties_lifecyclestage_value,properties_createdate_value"),
    ("hubspot company", "Record ID,Company name,Website URL,Company owner,Create Date"),
    ("hubspot company", "Record ID,Company name,Domain,Company owner,Industry"),
    ("hubspot company", "Record ID,Company name,Company owner,Create Date,Phone Number,Last Activity Date,City,"
     "Country/Region,Industry"),
    ("hubspot deal", "Record ID,Deal Name,Associated Company,Deal Stage,Amount,Close Date,Deal Owner"),
    ("hubspot deal", "Record ID,Deal Name,Region,Deal Stage,Solution,SOW,Active Status,Deal owner,Channel,Amount,"
     "Associated Note,Deal Associate,Is closed lost,Associated Note IDs"),
    ("hubspot deal", "Record ID,Deal Name,Amount,Deal Stage,Close Date,Deal Owner,Company Name,Pipeline,Create Date"),
    ("hubspot deal", "Record ID,Deal Name,Deal Stage,Amount,Deal owner,Associated Company IDs,"
     "Associated Contact IDs,Lead source,Product (event type),Live date,Date entered current stage"),
    # Salesforce: Data Loader and SOQL
    ("salesforce lead", "Id,IsDeleted,MasterRecordId,LastName,FirstName,Salutation,Name,Title,Company,City,"
     "Latitude,GeocodeAccuracy,Address,MobilePhone,Email,PhotoUrl,LeadSource,Status,IsConverted,ConvertedDate,"
     "IsUnreadByOwner,CreatedDate,SystemModstamp,LastViewedDate,Jigsaw,CleanStatus,SICCode__c"),
    ("salesforce lead", "Id,FirstName,LastName,Company,Email,LeadSource,CreatedDate,IsConverted,ConvertedDate"),
    ("salesforce contact", "Id,FirstName,LastName,Email,Phone,MailingState,MailingCity,AccountId,CreatedDate,"
     "SystemModstamp,IsDeleted"),
    ("salesforce campaign", "Id,Name,Type,Status,StartDate,EndDate,ActualCost,IsActive,CreatedDate,IsDeleted"),
    ("salesforce campaign_member", "Id,CampaignId,LeadId,ContactId,Status,HasResponded,FirstRespondedDate"),
    ("salesforce opportunity", "Id,Name,AccountId,StageName,Amount,CloseDate,IsWon,IsClosed,CampaignId,CreatedDate"),
    ("salesforce task", "Id,RecordTypeId,WhoId,WhatId,Subject,ActivityDate,Status,Priority,IsHighPriority,OwnerId,"
     "Description,Type,IsDeleted,AccountId,IsClosed,CreatedDate,IsArchived,CallType"),
    # Salesforce: reports and labels
    ("salesforce lead", "Lead ID,Lead Owner: Manager,Lead Owner,First Name,Last Name,Email,Lead Status,"
     "Last Activity,Last Activity Date,Phone,Primary Campaign,Campaign Channel,Create Date"),
    ("salesforce contact", "Full Name,Contact ID,Deleted,Master Record ID,Account ID,Last Name,First Name,"
     "Salutation,Other Street,Other City,Email"),
    ("salesforce account", "Account Name,Account ID,Deleted,Master Record ID,Account Type,Parent Account ID,"
     "Billing Street,Billing City,Billing State/Province,Billing Zip/Postal Code"),
    ("salesforce campaign_member", "Campaign Member ID,Campaign ID,Contact ID,Lead ID,Status,Responded"),
    ("salesforce opportunity", "Opportunity ID,Opportunity Name,Account ID,Amount,Type,Stage,Created Date,"
     "Closed Date,Opportunity Owner"),
    ("salesforce task", "Activity ID,Subject,Status,Priority,Due Date,Assigned,Contact ID,Related To"),
    # Marketo: the bulk extracts of Adobe's documentation and of the Singer tap
    ("marketo activity", "marketoGUID,leadId,activityDate,activityTypeId,campaignId,primaryAttributeValueId,"
     "primaryAttributeValue, attributes"),
    ("marketo activity", "marketoGUID,leadId,activityDate,activityTypeId,primaryAttributeValue,"
     "primaryAttributeValueId,attributes"),
    ("marketo program_member", "programId,firstName,lastName,email,Member Date,Program,Status,Lead Id,Success,"
     "leadCustomField01"),
]
WITHOUT_KEY = [
    ("salesforce lead", "Lead Owner,First Name,Last Name,Title,Company / Account,Lead Source,Rating,Street,Email"),
    ("salesforce opportunity", "Territory Region,Opportunity Owner,Account Name,Opportunity Name,Stage,"
     "Forecast Category,Total Amount,Close Date,Type"),
    ("marketo program_member", "firstName,lastName,email,Member Date,Program,Status,Lead Id,Success"),
]
OTHERS = [
    ("ActiveCampaign", "Contact ID,Email,First Name,Last Name,Phone,Date Created,Date Updated,Tags,Lists"),
    ("Copper", "Copper ID,First Name,Last Name,Account Number,Company,Title,Email,Status,Converted Contact Id"),
    ("Dreamdata", "dd_stage_id,stage_name,stage_model_id,dd_company_id,dd_primary_contact_id,timestamp,value"),
    ("Dynamics 365", "(Do Not Modify) Lead,(Do Not Modify) Row Checksum,Name,Topic,Status Reason,Created On,Email"),
    ("Freshsales", "id,first_name,last_name,email,company,lead_source,lead_stage,lead_score,created_at,updated_at"),
    ("Intercom", "id,email,name,phone,created_at,last_seen_at,company"),
    ("LinkedIn", "Lead Id,First Name,Last Name,Email Address,Company Name,Job Title,Country/Region,Form Name,"
     "Lead Submitted At (UTC)"),
    ("Mailchimp", "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID,NOTES,TAGS"),
    ("Mautic", "id,owner_id,stage_id,date_added,points,last_active,date_identified,firstname,lastname,company,email"),
    ("Mautic", "id,lead_id,type,event_name,action_name,delta,date_added,group_id"),
    ("Mautic", "id,lead_id,referer,url,user_agent,utm_campaign,utm_content,utm_medium,utm_source,date_added"),
    ("Odoo", "id,name,stage_id,team_id,email_from,probability,automated_probability,create_date,date_closed,"
     "campaign_id,expected_revenue"),
    ("Odoo", "ID,Opportunity,Contact Name,Email,Salesperson,Expected Revenue,Stage,Probability,Created on"),
    ("Pipedrive", "Deal - ID,Deal - Title,Deal - Value,Deal - Stage,Deal - Status,Deal - Pipeline,Person - Name"),
    ("Pipedrive", "id,person_id,org_id,stage_id,title,value,add_time,update_time,active,status,probability,"
     "pipeline_id,won_time,close_time,label"),
    ("Zoho CRM", "Record Id,First Name,Last Name,Account Name,Account Name.id,Email,Mobile,Mailing Street"),
    ("Zoho CRM", "Record Id,Lead Owner,Company,First Name,Last Name,Email,Lead Source,Lead Status,Created Time"),
    ("Zoho CRM", "Record Id,Deal Owner.id,Amount,Deal Name,Closing Date,Stage,Probability (%),Expected Revenue"),
    # known by nothing
    (None, "Title,Subject,List,Send Date,Total Recipients,Unique Opens,Open Rate,Unique Clicks,Click Rate"),
    (None, "timestamp,cost,impressions,clicks,channel,source"),
    (None, "date,sessionSource,sessionMedium,sessions,conversions"),
]
# fmt: on


@pytest.mark.parametrize(("what", "header"), OURS)
def test_exports_of_our_vendors_are_known_with_their_key(what: str, header: str) -> None:
    match = recognise(header.split(",")).match
    assert match is not None
    assert f"{match.profile.vendor} {match.profile.object}" == what
    assert not match.missing_key


@pytest.mark.parametrize(("what", "header"), WITHOUT_KEY)
def test_reports_without_ids_are_known_for_what_they_are_and_lack_their_key(what: str, header: str) -> None:
    match = recognise(header.split(",")).match
    assert match is not None
    assert f"{match.profile.vendor} {match.profile.object}" == what
    assert match.missing_key


@pytest.mark.parametrize(("system", "header"), OTHERS)
def test_exports_of_other_systems_are_refused_with_the_way_to_map_them(
    system: str | None, header: str
) -> None:
    found = recognise(header.split(","))
    assert found.match is None
    assert found.problem is not None
    assert "docs/mapping.md" in found.problem
    assert system is None or system in found.problem
